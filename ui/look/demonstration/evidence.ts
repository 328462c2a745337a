import type { EvidenceRow } from '../../src/backend/backend';
import type { Answers, Scene } from './scene';

const row = (id: string, name: string, more: Partial<EvidenceRow> = {}): EvidenceRow => ({
  id,
  name,
  caption: '',
  kind: 'photo',
  media_type: 'image/jpeg',
  bytes: 287_000,
  width: 1600,
  height: 1200,
  blob: `${id}-large`,
  complete: true,
  bytes_here: 287_000,
  thumbnail: `${id}-small`,
  place: null,
  held: 'province',
  by: 'Máy tính trực ban (minh họa)',
  added_at: Date.UTC(2026, 2, 4, 1, 12),
  ...more,
});

const rows = [
  row('p-1', 'IMG_20260304_0612.JPG', { caption: 'Bữa sáng ở điểm trường bản minh họa, tuần đầu tháng 3', held: 'this_device' }),
  row('p-2', 'Vườn rau của đơn vị sau khi mở rộng, nhìn từ phía cổng chính, buổi chiều.png', { held: 'sent', place: { latitude: 228_233_000, longitude: 1_049_833_000 } }),
  row('p-3', 'IMG_20260305_0701.JPG', { caption: 'Bàn giao bếp ăn', complete: false, thumbnail: null, bytes_here: 65_536 }),
  row('d-1', 'Kế hoạch phối hợp (minh họa).pdf', { kind: 'document', media_type: 'application/pdf', width: 0, height: 0, thumbnail: null }),
];

export const evidence = (scene: Scene): Answers => ({
  'evidence.list': () => ({ rows: scene.case === 'empty' ? [] : rows, may_edit: scene.role === 'post' || scene.role === 'member' }),
  'evidence.remove': ({ attachment }) => ({ rows: rows.filter((one) => one.id !== attachment), may_edit: true }),
});

/** A picture of a meadow, in place of the bytes of a device. */
export async function pictureOf(blob: string): Promise<ArrayBuffer> {
  const canvas = new OffscreenCanvas(480, 360);
  const draw = canvas.getContext('2d');
  if (draw) {
    draw.fillStyle = blob.startsWith('p-1') ? '#9cc4e4' : '#e8c98f';
    draw.fillRect(0, 0, 480, 360);
    draw.fillStyle = '#3f7d4e';
    draw.fillRect(0, 230, 480, 130);
  }
  return (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer();
}
