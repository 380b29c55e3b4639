import { Injectable } from '@nestjs/common';
import type { Prisma, Trial } from '#libs/database/generated/client.js';
import { PrismaService } from '#libs/database/prisma.service.js';

export interface NewTrial {
  readonly token: string;
  readonly userId: bigint;
  readonly language: string;
  readonly source: Buffer;
  readonly input: Buffer;
}

@Injectable()
export class TrialsRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Null when the user has one open: the index allows no second. */
  create(row: NewTrial, takeToken: (tx: Prisma.TransactionClient) => Promise<void>): Promise<Trial | null> {
    return this.prisma.client.$transaction(
      async (tx) => {
        const [trial] = await tx.trial.createManyAndReturn({
          data: [{ ...row, source: new Uint8Array(row.source), input: new Uint8Array(row.input) }],
          skipDuplicates: true,
        });
        if (trial === undefined) return null;
        await takeToken(tx);
        return trial;
      },
      { maxWait: 20_000, timeout: 20_000 },
    );
  }

  /** Null when unknown or over an hour old. */
  async find(token: string): Promise<Trial | null> {
    const [fresh] = await this.prisma.client.$queryRaw<{ id: bigint }[]>`
      SELECT id FROM "Trial" WHERE token = ${token} AND "createdAt" > now() - interval '1 hour'`;
    return fresh === undefined ? null : this.prisma.client.trial.findUnique({ where: { id: fresh.id } });
  }

  async prune(): Promise<void> {
    await this.prisma.client.$executeRaw`DELETE FROM "Trial" WHERE "createdAt" < now() - interval '1 hour'`;
  }
}
