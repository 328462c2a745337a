import { codeInFrame, codeInPicture, type NoCode } from './qrReading';

/** Why there is no live picture: no camera here, not allowed, or another program has it or it went away. */
export type Hindrance = 'absent' | 'refused' | 'busy';

/** Rest between two searches of the moving picture, milliseconds: reading stays quick and an old phone stays cool. */
const rest = 120;

function hindranceOf(reason: unknown): Hindrance {
  const name = reason instanceof DOMException ? reason.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'absent';
}

/**
 * The search for one QR code, in the camera's picture or in a chosen one. The camera is on only while its picture is
 * shown and the page is seen.
 */
export class Scanning {
  /** `off` before the start, in a hidden page and after the end. */
  camera = $state<'off' | 'starting' | 'looking' | Hindrance>('off');
  /** What is wrong with the code or picture that was shown last. */
  fault = $state<NoCode | 'otherCode'>();
  /** A chosen picture is being read. */
  reading = $state(false);

  /** Codes this search is for: what they begin with, before the number of their version. */
  readonly #begins: RegExp;
  readonly #onfound: (text: string) => void;
  #video: HTMLVideoElement | undefined;
  #stream: MediaStream | undefined;
  /** Counts starts and ends: what a former one still brings is dropped. */
  #turn = 0;
  #found = false;

  constructor(begins: string, onfound: (text: string) => void) {
    this.#begins = new RegExp(`^${begins}\\d+:`, 'i');
    this.#onfound = onfound;
  }

  /** Shows the camera for as long as this element is in the page. */
  shownIn = (video: HTMLVideoElement): (() => void) => {
    const follow = (): void => (document.visibilityState === 'hidden' ? this.#stop() : void this.start());
    this.#video = video;
    document.addEventListener('visibilitychange', follow);
    follow();
    return () => {
      document.removeEventListener('visibilitychange', follow);
      this.#stop();
      this.#video = undefined;
    };
  };

  /** Turns the camera on, again after it was hindered. */
  start = async (): Promise<void> => {
    const video = this.#video;
    if (!video || this.#found) return;
    this.#stop();
    const turn = this.#turn;
    this.camera = 'starting';
    try {
      // Absent where the page is not trusted with devices, and in webviews without them.
      if (!navigator.mediaDevices?.getUserMedia) throw new DOMException('no media devices', 'NotFoundError');
      const wanted = { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
      if (turn !== this.#turn) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.#stream = stream;
      for (const track of stream.getTracks()) track.addEventListener('ended', () => this.#hinder(turn, 'busy'));
      video.srcObject = stream;
      await video.play();
    } catch (reason) {
      this.#hinder(turn, hindranceOf(reason));
      return;
    }
    if (turn !== this.#turn) return;
    this.camera = 'looking';
    await this.#search(video, turn);
  };

  /** Reads a picture that was chosen or just taken. */
  read = async (file: File): Promise<void> => {
    this.fault = undefined;
    this.reading = true;
    const read = await codeInPicture(file);
    this.reading = false;
    if ('code' in read) this.#take(read.code);
    else this.fault = read.none;
  };

  async #search(video: HTMLVideoElement, turn: number): Promise<void> {
    const canvas = document.createElement('canvas');
    while (turn === this.#turn) {
      const code = await codeInFrame(video, canvas);
      if (turn !== this.#turn) return;
      if (code !== undefined) this.#take(code);
      await new Promise((resolve) => setTimeout(resolve, rest));
    }
  }

  #take(text: string): void {
    // A picture may be read to its end after the question was closed.
    if (this.#found || !this.#video) return;
    if (!this.#begins.test(text)) {
      this.fault = 'otherCode';
      return;
    }
    this.#found = true;
    this.#stop();
    // A QR code holds upper case most tightly; the texts mean the same in lower case, which is how people know them.
    this.#onfound(text.toLowerCase());
  }

  #hinder(turn: number, hindrance: Hindrance): void {
    if (turn !== this.#turn) return;
    this.#stop();
    this.camera = hindrance;
  }

  #stop(): void {
    this.#turn += 1;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    if (this.#video) this.#video.srcObject = null;
    this.camera = 'off';
  }
}
