import { number } from '../../i18n';

/** Points as people write them, from hundredths: 450 is "4,5". */
export const points = (hundredths: number): string => number(hundredths / 100, 2);
