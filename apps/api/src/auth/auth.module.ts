import { Global, Module } from '@nestjs/common';
import { AuthController } from './auth.controller.js';
import { AuthRepository } from './auth.repository.js';
import { AuthService } from './auth.service.js';
import { Sessions } from './sessions.js';

@Global()
@Module({
  controllers: [AuthController],
  providers: [AuthRepository, AuthService, Sessions],
  exports: [AuthService, Sessions],
})
export class AuthModule {}
