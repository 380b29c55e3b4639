import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly path: string;
  readonly content: string | Buffer;
  /** Lies for attacks. */
  readonly declaredSize?: number;
  readonly declaredCrc?: number;
  readonly flags?: number;
  /** Unix mode with file type, as in 0o120777 for a link. */
  readonly mode?: number;
}

/** A zip of these entries, deflated; written by hand because no packer writes the wicked ones. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = encode(entry, offset);
    bodies.push(local);
    directory.push(central);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}

function encode(entry: ZipEntry, offset: number) {
  const content = Buffer.from(entry.content);
  const name = Buffer.from(entry.path);
  const packed = deflateRawSync(content);
  // What both headers share: flags, method, time, date, checksum, sizes, length of the name.
  const common = Buffer.alloc(24);
  common.writeUInt16LE((entry.flags ?? 0) | 0x800, 0);
  common.writeUInt16LE(8, 2);
  common.writeUInt32LE(entry.declaredCrc ?? crc32(content), 8);
  common.writeUInt32LE(packed.length, 12);
  common.writeUInt32LE(entry.declaredSize ?? content.length, 16);
  common.writeUInt16LE(name.length, 20);
  const localStart = Buffer.alloc(6);
  localStart.writeUInt32LE(0x04034b50, 0);
  localStart.writeUInt16LE(20, 4);
  const centralStart = Buffer.alloc(8);
  centralStart.writeUInt32LE(0x02014b50, 0);
  centralStart.writeUInt16LE((3 << 8) | 20, 4);
  centralStart.writeUInt16LE(20, 6);
  const centralEnd = Buffer.alloc(14);
  centralEnd.writeUInt32LE(((entry.mode ?? 0o100644) * 0x10000) >>> 0, 6);
  centralEnd.writeUInt32LE(offset, 10);
  return {
    local: Buffer.concat([localStart, common, name, packed]),
    central: Buffer.concat([centralStart, common, centralEnd, name]),
  };
}
