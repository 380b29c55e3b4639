import os from 'node:os';
import { Logger } from '@nestjs/common';
import { DiskRoom, NoRoom } from './disk-room.js';

const EXBIBYTE = 2 ** 60;

describe('DiskRoom', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('says which disk is full, how much is left and how much is needed', () => {
    const room = new DiskRoom(os.tmpdir(), EXBIBYTE);
    expect(() => room.require()).toThrow(NoRoom);
    expect(() => room.require()).toThrow(
      new RegExp(`^RUNNER_DISK_FULL: the disk that holds ${os.tmpdir()} has \\d+ MiB left, and 1099511627776 MiB`),
    );
  });

  it('is content with what is asked for', () => {
    expect(() => new DiskRoom(os.tmpdir(), 1).require()).not.toThrow();
  });
});
