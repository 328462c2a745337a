export const search = {
  'search.titleOf': 'Kết quả cho “{words}”',
  'search.found': 'Tìm thấy: {n}',
  'search.model': 'Mô hình',
  'search.unit': 'Đơn vị',
  'search.ended': 'Không còn từ ngày {day}',
  'search.visit': 'Chuyến khảo sát',
  'search.more': 'Chỉ hiện 30 kết quả gần nhất với từ tìm kiếm. Ghi thêm từ để thu hẹp.',
  'search.start': 'Nhập từ cần tìm',
  'search.hint': 'Tìm theo tên mô hình, địa bàn, đơn vị, ngày khảo sát; có dấu hay không dấu đều được. Chỉ tìm trong nội dung có trên máy này.',
} as const;
