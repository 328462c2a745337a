import encodeQR from 'qr';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { largestPicture, textOf } from './qrReading';
import { Scanning } from './scanning.svelte';

/** What the browser answers when it is asked for the camera. */
let camera: () => Promise<MediaStream>;
let found: string[];
let scanning: Scanning;
let leave: () => void;
let hidden = false;

class Track extends EventTarget {
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}
const streamOf = (track: Track): MediaStream => ({ getTracks: () => [track] }) as unknown as MediaStream;
const refused = (name: string) => () => Promise.reject(new DOMException('no', name));
const settled = () => new Promise((resolve) => setTimeout(resolve));

function enter(): void {
  const video = document.createElement('video');
  // The streams here are only tracks, which the test's page takes for none.
  Object.defineProperty(video, 'srcObject', { writable: true, value: null });
  video.play = () => Promise.resolve();
  leave = scanning.shownIn(video);
}

function hide(now: boolean): void {
  hidden = now;
  document.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => {
  found = [];
  hidden = false;
  leave = () => undefined;
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => (hidden ? 'hidden' : 'visible'));
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: () => camera() } });
  scanning = new Scanning('cotmochub', (text) => found.push(text));
});
afterEach(() => {
  leave();
  vi.unstubAllGlobals();
});

test.each([
  ['NotFoundError', 'absent'],
  ['OverconstrainedError', 'absent'],
  ['NotAllowedError', 'refused'],
  ['SecurityError', 'refused'],
  ['NotReadableError', 'busy'],
  ['AbortError', 'busy'],
])('a camera that answers %s is said to be %s', async (name, hindrance) => {
  camera = refused(name);
  enter();
  expect(scanning.camera).toBe('starting');
  await settled();
  expect(scanning.camera).toBe(hindrance);
});

test('where pages may not ask for devices at all there is no camera', async () => {
  vi.stubGlobal('navigator', {});
  enter();
  await settled();
  expect(scanning.camera).toBe('absent');
});

test('a refusal is not the end: the camera is asked for again', async () => {
  camera = refused('NotAllowedError');
  enter();
  await settled();
  camera = () => Promise.resolve(streamOf(new Track()));
  void scanning.start();
  await settled();
  expect(scanning.camera).toBe('looking');
});

test('the camera is off in a hidden page and after leaving, and on again when the page is seen', async () => {
  const tracks: Track[] = [];
  camera = () => {
    const track = new Track();
    tracks.push(track);
    return Promise.resolve(streamOf(track));
  };
  enter();
  await settled();
  hide(true);
  expect(tracks.map((track) => track.stopped)).toEqual([true]);
  expect(scanning.camera).toBe('off');
  hide(false);
  await settled();
  expect(scanning.camera).toBe('looking');
  leave();
  expect(tracks.map((track) => track.stopped)).toEqual([true, true]);
});

test('a camera that is granted after the question was closed is turned off at once', async () => {
  const track = new Track();
  let grant: (stream: MediaStream) => void = () => undefined;
  camera = () => new Promise((resolve) => (grant = resolve));
  enter();
  leave();
  grant(streamOf(track));
  await settled();
  expect(track.stopped).toBe(true);
  expect(scanning.camera).toBe('off');
});

test('a camera that is pulled out is said to be cut off', async () => {
  const track = new Track();
  camera = () => Promise.resolve(streamOf(track));
  enter();
  await settled();
  track.dispatchEvent(new Event('ended'));
  expect(scanning.camera).toBe('busy');
});

test('a file that is too large is refused before it is opened', async () => {
  camera = refused('NotFoundError');
  enter();
  const file = new File([], 'lon.png', { type: 'image/png' });
  Object.defineProperty(file, 'size', { value: largestPicture + 1 });
  await scanning.read(file);
  expect(scanning.fault).toBe('tooLarge');
});

/** Pixels of a code, eight to a module, beside whose lower left corner the shade of a hand lies. */
function picture(text: string): ImageData {
  const modules = encodeQR(text, 'raw', { border: 4, scale: 8, ecc: 'low' });
  const side = modules.length;
  const data = new Uint8ClampedArray(side * side * 4);
  for (const [y, row] of modules.entries())
    for (const [x, dark] of row.entries()) data.set([...Array<number>(3).fill((dark ? 40 : 220) - (x + side - y < side / 2 ? 30 : 0)), 255], (y * side + x) * 4);
  return { width: side, height: side, data, colorSpace: 'srgb' } as ImageData;
}

test('a code as long as an invitation is read from its pixels, and pixels without one give nothing', async () => {
  const text = `COTMOC1:${'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.repeat(12)}`;
  expect(await textOf(picture(text))).toBe(text);
  const grey = { width: 200, height: 200, data: new Uint8ClampedArray(160_000).fill(128), colorSpace: 'srgb' } as ImageData;
  expect(await textOf(grey)).toBeUndefined();
});
