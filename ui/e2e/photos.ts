// Photos for plays: a real JPEG drawn in the browser, with what a camera writes beside it.
import type { Page } from '@playwright/test';

/** What the camera wrote: a serial number and a place. */
export const planted = 'SN-20261122-0042';

export interface ChosenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A JPEG of a meadow under a sky; another `hue` is another photo. */
export async function photo(page: Page, name: string, hue: number, [width, height] = [2400, 1800]): Promise<ChosenFile> {
  const base64 = await page.evaluate(
    async ({ hue, width, height }) => {
      const canvas = new OffscreenCanvas(width, height);
      const draw = canvas.getContext('2d');
      if (!draw) throw new Error('no canvas');
      const sky = draw.createLinearGradient(0, 0, 0, height);
      sky.addColorStop(0, `hsl(${hue} 60% 55%)`);
      sky.addColorStop(1, `hsl(${hue + 40} 50% 85%)`);
      draw.fillStyle = sky;
      draw.fillRect(0, 0, width, height);
      for (let at = 0; at < 60; at += 1) {
        draw.fillStyle = `hsl(${90 + ((at * 37) % 60)} 45% ${25 + ((at * 13) % 30)}%)`;
        draw.beginPath();
        draw.ellipse(((at * 397) % 100) * (width / 100), height * (0.7 + ((at * 53) % 30) / 100), width / 9, height / 14, 0, 0, 7);
        draw.fill();
      }
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer());
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    },
    { hue, width, height },
  );
  return { name, mimeType: 'image/jpeg', buffer: asFromACamera(Buffer.from(base64, 'base64')) };
}

/** Puts the camera's EXIF after the first mark: its serial number, and 22°49'24"N 104°59'00"E. */
function asFromACamera(plain: Buffer): Buffer {
  const camera = Buffer.concat([Buffer.from('Exif\0\0'), tiff()]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(camera.length + 2, 2);
  return Buffer.concat([plain.subarray(0, 2), head, camera, plain.subarray(2)]);
}

type Field = [tag: number, kind: number, count: number, value: Buffer];
const ascii = (tag: number, text: string): Field => [tag, 2, text.length + 1, Buffer.from(`${text}\0`)];
const angle = (tag: number, parts: [number, number, number]): Field => [tag, 5, 3, Buffer.concat(parts.flatMap((part) => [number(part), number(1)]))];

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function tiff(): Buffer {
  const head = Buffer.from('MM\0\x2a\0\0\0\x08', 'latin1');
  // A directory of two fields is 30 bytes; the values of the first follow it, then the directory of the place.
  const placeAt = 8 + 30 + planted.length + 1;
  const camera = directory(8, [ascii(0x0110, planted), [0x8825, 4, 1, number(placeAt)]]);
  const place = directory(placeAt, [ascii(1, 'N'), angle(2, [22, 49, 24]), ascii(3, 'E'), angle(4, [104, 59, 0])]);
  return Buffer.concat([head, camera, place]);
}

function directory(at: number, fields: Field[]): Buffer {
  const rows: Buffer[] = [];
  const beside: Buffer[] = [];
  let next = at + 2 + fields.length * 12 + 4;
  for (const [tag, kind, count, value] of fields) {
    const row = Buffer.alloc(12);
    row.writeUInt16BE(tag, 0);
    row.writeUInt16BE(kind, 2);
    row.writeUInt32BE(count, 4);
    if (value.length <= 4) value.copy(row, 8);
    else {
      row.writeUInt32BE(next, 8);
      next += value.length;
      beside.push(value);
    }
    rows.push(row);
  }
  const count = Buffer.alloc(2);
  count.writeUInt16BE(fields.length);
  return Buffer.concat([count, ...rows, number(0), ...beside]);
}
