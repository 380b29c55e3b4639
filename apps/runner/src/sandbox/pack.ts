/**
 * A pack holds the files of a working folder in one file: sources, or what a build left. The C helper reads and writes it
 * too (apps/runner/native/pack.h). It is a magic word and then, for each file, little-endian:
 *   u16 length of the name · u16 flags (1: executable) · u64 size · the name, relative, with `/` · the bytes
 * Folders are not listed: they are made for the names that need them.
 */
const MAGIC = Buffer.from('saibanp1');
const HEADER_BYTES = 12;
const EXECUTABLE = 1;

export interface PackedFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly executable?: boolean;
}

export function packOf(files: readonly PackedFile[]): Buffer {
  return Buffer.concat([
    MAGIC,
    ...files.flatMap(({ name, content, executable }) => {
      const encoded = Buffer.from(name);
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt16LE(encoded.length, 0);
      header.writeUInt16LE(executable === true ? EXECUTABLE : 0, 2);
      header.writeBigUInt64LE(BigInt(content.length), 4);
      return [header, encoded, content];
    }),
  ]);
}
