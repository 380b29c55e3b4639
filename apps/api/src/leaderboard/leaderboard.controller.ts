import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { WholeQuery } from '../common/fields.js';
import { Allow } from '../common/route.js';
import { PersonView } from '../problems/problems.dto.js';
import { LeaderboardRepository, type LeaderboardRow, PAGE_ROWS } from './leaderboard.repository.js';

class LeaderboardQuery {
  @WholeQuery({ optional: true, min: 1, max: 1_000_000 })
  page?: number;
}

class LeaderboardRowView {
  @ApiProperty({ description: 'Equals share a rank.' }) rank: number;
  @ApiProperty() user: PersonView;
  @ApiProperty() solved: number;
  @ApiProperty() score: number;
  @ApiProperty() submissions: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) lastAcceptedAt: string | null;
}

class LeaderboardView {
  @ApiProperty({ type: [LeaderboardRowView] }) rows: LeaderboardRowView[];
  @ApiProperty() page: number;
  @ApiProperty() pages: number;
}

@ApiTags('leaderboard')
@Controller('api/leaderboard')
export class LeaderboardController {
  constructor(private readonly leaderboard: LeaderboardRepository) {}

  @Get()
  @Allow('anyone')
  @ApiOkResponse({ type: LeaderboardView })
  async show(@Query() query: LeaderboardQuery): Promise<LeaderboardView> {
    const page = query.page ?? 1;
    const { total, rows } = await this.leaderboard.page(page);
    return { rows: rows.map(rowView), page, pages: Math.max(1, Math.ceil(total / PAGE_ROWS)) };
  }
}

const rowView = (row: LeaderboardRow): LeaderboardRowView => ({
  rank: row.rank,
  user: { username: row.username, displayName: row.displayName },
  solved: row.solved,
  score: row.score,
  submissions: row.submissions,
  lastAcceptedAt: row.lastAcceptedAt?.toISOString() ?? null,
});
