// What a camera sees of a code on a screen: a picture of it, and the film that Chromium plays in the place of a camera.
import { writeFile } from 'node:fs/promises';
import type { Browser } from './fixtures';

const width = 640;
const height = 480;

/** A code, which devices give as SVG, as a picture of a screen. */
export async function pictured(browser: Browser, svg: string): Promise<Buffer> {
  const page = await browser.newPage();
  await page.setContent(svg);
  const picture = await page.locator('svg').screenshot();
  await page.close();
  return picture;
}

/**
 * Writes a film of the picture as a hand would hold it: a grey wall first, then the picture at a slant, and noise on
 * all of it. Lightness only; chroma stays grey.
 */
export async function film(browser: Browser, picture: Buffer, path: string): Promise<void> {
  const page = await browser.newPage();
  const slanted = await page.evaluate(
    async ([address, width, height]) => {
      const image = new Image();
      image.src = address;
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#777';
      context.fillRect(0, 0, width, height);
      context.translate(width / 2, height / 2);
      context.transform(1, 0.06, -0.04, 0.96, 0, 0);
      context.rotate(0.16);
      const side = height * 0.78;
      context.drawImage(image, -side / 2, -side / 2, side, side);
      const { data } = context.getImageData(0, 0, width, height);
      return Array.from({ length: width * height }, (_, at) => Math.round(0.3 * data[4 * at]! + 0.59 * data[4 * at + 1]! + 0.11 * data[4 * at + 2]!));
    },
    [`data:image/png;base64,${picture.toString('base64')}`, width, height] as const,
  );
  await page.close();
  let seed = 1;
  const noise = (): number => ((seed = (seed * 48_271) % 2_147_483_647) % 25) - 12;
  const frame = (lightness: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from('FRAME\n'), Uint8Array.from(lightness, (value) => Math.min(235, Math.max(16, value + noise()))), Buffer.alloc((width * height) / 2, 128)]);
  const wall = Array<number>(width * height).fill(119);
  const frames = [...Array.from({ length: 5 }, () => frame(wall)), ...Array.from({ length: 10 }, () => frame(slanted))];
  await writeFile(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...frames]));
}
