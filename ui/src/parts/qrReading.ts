/** Longest side of the frame or picture that is searched; a code that fills a fifth of it is still read. */
const mostFramePixels = 1024;
const mostPicturePixels = 2048;
/** Larger files are refused before they are opened: no photo of a code needs them. */
export const largestPicture = 32 * 1024 * 1024;

/** Why a picture gave no code. */
export type NoCode = 'noCode' | 'notPicture' | 'tooLarge';

/** How long one search may take: a frame of a moving picture is followed by the next, a chosen picture by none. */
interface Patience {
  effort: number;
  timeLimit: number;
}
const ofFrame: Patience = { effort: 4, timeLimit: 40 };
const ofPicture: Patience = { effort: Number.POSITIVE_INFINITY, timeLimit: 1500 };

/** Fetches the decoder, which is a file of its own: most days nobody scans. */
const decoder = (): Promise<typeof import('qr/decode.js')> => import('qr/decode.js');

/** The text of the first QR code in these pixels; undefined where there is none. */
export async function textOf(image: ImageData, patience: Patience = ofPicture): Promise<string | undefined> {
  const { decodeQR } = await decoder();
  try {
    return decodeQR(image, patience);
  } catch {
    // The decoder throws for every image without a code it can read.
    return undefined;
  }
}

/** Draws what is to be searched no larger than that, on white: a code saved without its background is black on nothing. */
function pixelsOf(canvas: HTMLCanvasElement, source: CanvasImageSource, width: number, height: number, most: number): ImageData | undefined {
  const scale = Math.min(1, most / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  if (canvas.width === 0 || canvas.height === 0) return undefined;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return undefined;
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The code in what the camera shows just now; undefined where there is none, or no frame yet. */
export async function codeInFrame(video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<string | undefined> {
  const pixels = pixelsOf(canvas, video, video.videoWidth, video.videoHeight, mostFramePixels);
  return pixels && textOf(pixels, ofFrame);
}

/** The code in a chosen picture, or why there is none. */
export async function codeInPicture(file: File): Promise<{ code: string } | { none: NoCode }> {
  if (file.size > largestPicture) return { none: 'tooLarge' };
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return { none: 'notPicture' };
  }
  const pixels = pixelsOf(document.createElement('canvas'), picture, picture.width, picture.height, mostPicturePixels);
  picture.close();
  const code = pixels && (await textOf(pixels));
  return code === undefined ? { none: 'noCode' } : { code };
}
