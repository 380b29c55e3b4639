import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { PrismaClient } from './generated/client.js';

/** Connections per process. */
const POOL_SIZE = 10;

export function prismaFor(databaseUrl: string): PrismaClient {
  return new PrismaClient({
    adapter: new PrismaPg({ connectionString: databaseUrl, max: POOL_SIZE, connectionTimeoutMillis: 10_000 }),
  });
}

@Injectable()
export class PrismaService implements OnApplicationShutdown {
  readonly client: PrismaClient;

  constructor(@Inject(CONFIG) config: Config) {
    if (config.databaseUrl === null)
      throw new Error('DATABASE_URL is not set: the launcher sets it for the embedded one.');
    this.client = prismaFor(config.databaseUrl);
  }

  /** The last hook: others still write while they stop. */
  async onApplicationShutdown(): Promise<void> {
    await this.client.$disconnect();
  }
}
