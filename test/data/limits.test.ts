import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { zipSync } from "fflate";
import { decodeImage, loadDataset } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { unzipMember, zipMembers } from "../../src/data/zip.js";
import { someOf } from "../laws/effort.js";
import { temporaryFolder } from "./support.js";

const folder = temporaryFolder();
const MIB = 2 ** 20;

/** A zip archive of one deflated member, with what its headers say of its size changed. */
function archive(name: string, data: Uint8Array, claimed: number): Buffer {
  const packed = deflateRawSync(data);
  const crc = gzipSync(data).readUInt32LE(gzipSync(data).length - 8);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(crc, 16);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(claimed, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, entry, Buffer.from(name), end]);
}

describe("what unpacks to more than there is room for", () => {
  const large = 257 * MIB;
  let packed: Buffer;
  beforeAll(() => {
    packed = gzipSync(Buffer.alloc(large), { level: 1 });
  });

  it.each(someOf([large, 1, 2 ** 20, 2 ** 32 - 1]))(
    "is refused as gzip, whatever it says of itself: %d bytes",
    async (claimed) => {
      packed.writeUInt32LE(claimed, packed.length - 4);
      const path = await folder.write("bomb.idx", packed);
      const error = await loadDataset(`idx:${path},${path}`, "test").catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ name: "FileError", path });
      expect((error as Error).message).toContain("compressed with gzip, found more than 256 MiB");
    },
  );

  it("is refused in an archive by what it says, and by what it is", async () => {
    const claiming = Buffer.from(zipSync({ "x.npy": new Uint8Array(1), "y.npy": new Uint8Array(1) }));
    claiming.writeUInt32LE(large, claiming.indexOf("PK\x01\x02") + 24);
    const path = await folder.write("bomb.npz", claiming);
    const message =
      "bytes unpack to at most 256 MiB, found 269484032 bytes. If it is right, save it without compression";
    await expect(loadDataset(`npz:${path}`, "test")).rejects.toThrow(message);
    const lying = archive("images.npy", Buffer.alloc(10 * MIB), 1000);
    expect(() => unzipMember(lying, zipMembers(lying)[0])).toThrow("Cannot create a Buffer larger than 1000 bytes");
  });

  it("is refused as an image by the size in its header", async () => {
    const header = Buffer.alloc(25);
    header.writeUInt32BE(13, 0);
    header.write("IHDR", 4, "latin1");
    header.writeUInt32BE(30_000, 8);
    header.writeUInt32BE(30_000, 12);
    header.set([8, 2], 16);
    header.writeUInt32BE(
      gzipSync(header.subarray(4, 21)).readUInt32LE(gzipSync(header.subarray(4, 21)).length - 8),
      21,
    );
    const data = deflateSync(Buffer.alloc(1000));
    const chunk = Buffer.alloc(8);
    chunk.writeUInt32BE(data.length, 0);
    chunk.write("IDAT", 4, "latin1");
    const start = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
    const path = await folder.write("bomb.png", Buffer.concat([start, header, chunk, data, Buffer.alloc(4)]));
    const message = "expected an image of at most 67108864 pixels, found 30000x30000, which is 900000000";
    await expect(decodeImage(path, [2, 2, 3])).rejects.toThrow(`${path}: ${message}`);
  });
});

describe("a member of an archive", () => {
  it("comes out as it went in, or not at all, whichever byte is damaged", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (data, at, flip) => {
        const whole = archive("a", data, data.length);
        expect(unzipMember(whole, zipMembers(whole)[0])).toEqual(data);
        whole[at % whole.length] ^= flip;
        try {
          for (const member of zipMembers(whole)) expect(unzipMember(whole, member)).toEqual(data);
        } catch (error) {
          if ((error as Error).name === "AssertionError") throw error;
        }
      }),
    );
  });
});

describe("what is no listed kind of image", () => {
  it.each([
    ["SVG", "found an XML text", '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>'],
    [
      "SVG with a declaration",
      "found an XML text",
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>',
    ],
    ["PDF", "found a PDF document", "%PDF-1.4\n"],
    ["PPM", "bytes that cannot be decoded (they begin as none of", "P6 2 2 255\n123456789012"],
  ])("%s is not decoded, whatever its name", async (_, problem, text) => {
    const path = await folder.write("image.png", text);
    await expect(decodeImage(path, [2, 2, 3])).rejects.toThrow(problem);
  });
});
