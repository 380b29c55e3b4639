import { Module } from '@nestjs/common';
import { LeaderboardController } from './leaderboard.controller.js';
import { LeaderboardRepository } from './leaderboard.repository.js';

@Module({ controllers: [LeaderboardController], providers: [LeaderboardRepository] })
export class LeaderboardModule {}
