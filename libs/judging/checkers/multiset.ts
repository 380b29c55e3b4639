import { accept, type CheckResult, reject, show } from './checker.js';
import type { Pieces } from './pieces.js';

/**
 * Compares without regard to order. The first difference is the first piece of the output that the answer does not hold
 * (any more); when there is none, the first piece of the answer that the output lacks.
 */
export function compareUnordered(unit: string, found: Pieces, expected: Pieces): CheckResult {
  const open = new Multiset();
  while (expected.next()) open.add(expected);
  for (let ordinal = 1; found.next(); ordinal++) {
    if (open.remove(found)) continue;
    const why = open.knows(found) ? 'too often' : 'not in the answer';
    return reject(`${unit} ${ordinal}: ${show(found.piece)} is ${why}.`);
  }
  const lacking = open.firstLeft();
  return lacking === null ? accept : reject(`${unit} missing: expected ${show(lacking)}.`);
}

const FIRST_ENTRIES = 1024;

/** Pieces by count. Flat arrays: a map of twenty million strings would not fit into the heap. */
class Multiset {
  private arena = Buffer.alloc(64 * 1024);
  private used = 0;
  private entries = 0;
  /** Of each entry (one more than may be before the table grows): where in the arena it lies, and how many of it are left. */
  private starts = new Float64Array(FIRST_ENTRIES + 1);
  private lengths = new Uint32Array(FIRST_ENTRIES + 1);
  private hashes = new Uint32Array(FIRST_ENTRIES + 1);
  private counts = new Uint32Array(FIRST_ENTRIES + 1);
  /** Open addressing; 0 is free, else an entry's index + 1. At most half full. */
  private table = new Uint32Array(2 * FIRST_ENTRIES);

  add(piece: Pieces): void {
    const hash = hashOf(piece);
    const slot = this.slot(piece, hash);
    const known = this.table[slot] ?? 0;
    const entry = known === 0 ? this.append(piece, hash, slot) : known - 1;
    this.counts[entry] = (this.counts[entry] ?? 0) + 1;
    if (this.entries * 2 > this.table.length) this.grow();
  }

  /** False when there is none left. */
  remove(piece: Pieces): boolean {
    const entry = (this.table[this.slot(piece, hashOf(piece))] ?? 0) - 1;
    const left = entry < 0 ? 0 : (this.counts[entry] ?? 0);
    if (left === 0) return false;
    this.counts[entry] = left - 1;
    return true;
  }

  knows(piece: Pieces): boolean {
    return this.table[this.slot(piece, hashOf(piece))] !== 0;
  }

  /** In the order of first addition. */
  firstLeft(): Uint8Array | null {
    for (let entry = 0; entry < this.entries; entry++) if (this.counts[entry] !== 0) return this.piece(entry);
    return null;
  }

  /** Where the piece is, or would be. */
  private slot(piece: Pieces, hash: number): number {
    const mask = this.table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.table[slot] ?? 0) - 1;
      if (entry < 0) return slot;
      if (this.hashes[entry] === hash && this.holds(entry, piece)) return slot;
    }
  }

  private holds(entry: number, { bytes, start, end }: Pieces): boolean {
    const length = end - start;
    if (this.lengths[entry] !== length) return false;
    const from = this.starts[entry] ?? 0;
    for (let at = 0; at < length; at++) if (this.arena[from + at] !== bytes[start + at]) return false;
    return true;
  }

  private piece(entry: number): Buffer {
    const start = this.starts[entry] ?? 0;
    return this.arena.subarray(start, start + (this.lengths[entry] ?? 0));
  }

  private append({ piece }: Pieces, hash: number, slot: number): number {
    const entry = this.entries++;
    while (this.used + piece.length > this.arena.length) {
      this.arena = Buffer.concat([this.arena.subarray(0, this.used)], 2 * this.arena.length);
    }
    this.arena.set(piece, this.used);
    this.starts[entry] = this.used;
    this.lengths[entry] = piece.length;
    this.hashes[entry] = hash;
    this.table[slot] = entry + 1;
    this.used += piece.length;
    return entry;
  }

  private grow(): void {
    const size = 2 * this.table.length;
    this.starts = larger(this.starts, new Float64Array(size / 2 + 1));
    this.lengths = larger(this.lengths, new Uint32Array(size / 2 + 1));
    this.hashes = larger(this.hashes, new Uint32Array(size / 2 + 1));
    this.counts = larger(this.counts, new Uint32Array(size / 2 + 1));
    this.table = new Uint32Array(size);
    for (let entry = 0; entry < this.entries; entry++) {
      let slot = (this.hashes[entry] ?? 0) & (size - 1);
      while (this.table[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.table[slot] = entry + 1;
    }
  }
}

function larger<A extends Float64Array | Uint32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

const { imul } = Math;

/** Of this process alone: who knows the hash could print lines that all fall into one slot. */
const SECRET = (Math.random() * 2 ** 32) | 0;

/** FNV-1a over a secret start, and mixed at the end as MurmurHash3 does. Only speed depends on it. */
function hashOf({ bytes, start, end }: Pieces): number {
  let hash = SECRET;
  for (let at = start; at < end; at++) hash = imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
