/** The fixed order of chart series. Lightness alternates, so neighbours differ in grey as well. */
export const seriesCount = 6;

/** Class of the nth series; `rest` is for what has no group (chưa phân loại), drawn hatched. */
export function seriesClass(index: number, rest = false): string {
  return rest ? 'rest' : `s${(index % seriesCount) + 1}`;
}
