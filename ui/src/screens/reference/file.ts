import type { ReferenceKind } from '../../backend/backend';

/** What a file may hold and how its name ends. */
export const fileEndings: Record<ReferenceKind, string> = {
  units_xlsx: '.xlsx',
  units_json: '.json',
  schemes_json: '.json',
  criteria_json: '.json',
};

/** Larger files are refused before they are read: the device takes none, and reading one would stall a small machine. */
export const largestFile = 10 * 1024 * 1024;

/** The bytes of a file as base64, in pieces, because one call with millions of arguments fails. */
export function toBase64(bytes: Uint8Array): string {
  const piece = 0x8000;
  let text = '';
  for (let at = 0; at < bytes.length; at += piece) text += String.fromCharCode(...bytes.subarray(at, at + piece));
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Hands a file over for saving. */
export function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the file when the click returns; a slow one gets a while.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
