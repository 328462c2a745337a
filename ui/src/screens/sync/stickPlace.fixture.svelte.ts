import type { StickDrive } from '../../backend/backend';

/** What a panel gives its choice of a stick, and what comes back from it. */
export class PlaceProps {
  drives: readonly StickDrive[];
  folder: string;
  looks = 0;

  constructor(drives: readonly StickDrive[], folder: string) {
    this.drives = $state(drives);
    this.folder = $state(folder);
  }

  onchange = (folder: string): void => void (this.folder = folder);
  onagain = (): void => void (this.looks += 1);
}
