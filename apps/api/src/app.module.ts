import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { ConfigModule } from '#libs/config/config.module.js';
import { DatabaseModule } from '#libs/database/database.module.js';
import { QueueModule } from '#libs/queue/queue.module.js';
import { AuthModule } from './auth/auth.module.js';
import { DocsModule } from './docs/docs.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { Housekeeping } from './housekeeping.js';
import { LanguagesModule } from './languages/languages.module.js';
import { LeaderboardModule } from './leaderboard/leaderboard.module.js';
import { ProblemsModule } from './problems/problems.module.js';
import { RateLimitsModule } from './rate-limits/rate-limits.module.js';
import { SubmissionsModule } from './submissions/submissions.module.js';
import { TrialsModule } from './trials/trials.module.js';
import { UsersModule } from './users/users.module.js';

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        DatabaseModule,
        QueueModule.forRoot(config, { events: true }),
        RateLimitsModule,
        EventsModule,
        AuthModule,
        UsersModule,
        LanguagesModule,
        ProblemsModule,
        SubmissionsModule,
        TrialsModule,
        LeaderboardModule,
        HealthModule,
        DocsModule,
      ],
      providers: [Housekeeping],
    };
  }
}
