import { Global, Module } from '@nestjs/common';
import { BlobStore } from './blob-store.js';
import { PrismaService } from './prisma.service.js';

@Global()
@Module({ providers: [PrismaService, BlobStore], exports: [PrismaService, BlobStore] })
export class DatabaseModule {}
