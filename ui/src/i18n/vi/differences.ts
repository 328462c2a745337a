export const differences = {
  'differences.note': 'Cùng một nội dung được sửa trên hai máy khi chưa liên lạc. Chọn nội dung đúng; nội dung kia vẫn còn trong lịch sử.',
  'differences.none': 'Không có nội dung khác nhau',
  'differences.noneText': 'Khi hai máy sửa cùng một nội dung, cả hai nội dung hiện ở đây để chọn.',
  'differences.decided': 'Đã giữ nội dung được chọn.',
  'differences.decidedList': 'Đã quyết định',
  'differences.decidedBy': 'Người quyết định: {who}',
  'differences.shownNow': 'Đang hiện trên các máy',
  'differences.merged': 'Được ghép từ nội dung của các máy; chưa có người đọc lại',
  'differences.keepMerged': 'Giữ nội dung ghép',
  'differences.notYours': 'Đơn vị chủ trì hoặc người có trách nhiệm sẽ quyết định.',
  'differences.emptyValue': '(để trống)',
  'differences.openRecord': 'Mở bản ghi',
} as const;
