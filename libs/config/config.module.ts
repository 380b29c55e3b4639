import { type DynamicModule, Module } from '@nestjs/common';
import { type Config, readConfig } from './config.js';

/** Injection token of the frozen Config. */
export const CONFIG = Symbol('Config');

@Module({})
export class ConfigModule {
  /** Pass a config to run several sites in one process (tests). */
  static forRoot(config: Config = readConfig()): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}
