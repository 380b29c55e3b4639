import { Logger } from '@nestjs/common';
import type { JudgeEvent } from '#libs/queue/judge-events.js';
import type { JudgeProgress } from '#libs/queue/judge.queue.js';
import type { EventStream } from './event-streams.js';

/** Something that is judged and can be watched. */
export interface Feed {
  /** The name of the last event. */
  readonly finalEvent: string;
  subscribe(listener: (event: JudgeEvent) => void): () => void;
  /** `view` must be read after `done`. */
  read(): Promise<{ readonly done: boolean; readonly view: object }>;
}

const log = new Logger('Events');

/**
 * Subscribes first, so that nothing falls between; then sends the present state, progress that never falls, and at last the
 * final object. Events are only hints: the row is the truth, read at every hint that an attempt ended and at every comment,
 * so a lost hint costs one comment's time. An attempt that ended without a verdict has a successor: the stream goes on.
 */
export function follow(feed: Feed, stream: EventStream): void {
  let furthest: JudgeProgress = { done: -1, total: 0 };
  let ended = false;
  const read = oneAtATime(async () => {
    const { done, view } = await feed.read();
    if (ended) return;
    if (furthest.done < 0) {
      furthest = { done: 0, total: 0 };
      stream.send('state', view);
    }
    if (!done) return;
    stream.send(feed.finalEvent, view);
    stream.end();
    ended = true;
  });
  const unsubscribe = feed.subscribe((event) => {
    if (event.type === 'ended') return read();
    const { done, total } = event.progress;
    // Before the present state nothing is sent, and a new attempt counts from the start again.
    if (ended || furthest.done < 0 || done <= furthest.done) return;
    furthest = { done, total };
    stream.send('progress', { done, total });
  });
  const ticking = setInterval(() => {
    stream.comment();
    read();
  }, stream.commentMs);
  stream.onClose(() => {
    ended = true;
    clearInterval(ticking);
    unsubscribe();
  });
  read();
}

/** Runs the work now, or once more after the run under way, however often it is asked for. */
function oneAtATime(work: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    try {
      do {
        again = false;
        await work();
      } while (again);
    } catch (error) {
      // The next comment reads again.
      log.warn(`A watched row could not be read: ${String(error)}`);
    } finally {
      running = false;
    }
  };
  return () => {
    if (running) again = true;
    else void run();
  };
}
