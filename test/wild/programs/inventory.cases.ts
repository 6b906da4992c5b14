const products = [
  { name: 'tea', price: 3.5, stock: 12, tags: ['drink', 'winter'] }, { name: 'ice', price: 2.2, stock: 9, tags: ['summer'] },
  { name: 'bread', price: 1.9, stock: 30, tags: [] }, { name: 'soup', price: 4.1, stock: 0, tags: ['winter'] }, { name: 'cola', price: 1.6, stock: 14, tags: ['drink', 'summer'] },
];
export const cases = {
  revenue: [[products], [products, { discount: 0.1, season: { winter: 1.4, summer: 0.6 }, tax: { rate: 0.19, exempt: ['bread'] } }]],
  totalByTag: [[products, 'drink']],
};
