// Every page of a list.

import { ask } from './api.js';

export async function everything(path, signal) {
  const found = [];
  for (let page = 1; ; page += 1) {
    const { data, pagination } = await ask('GET', `${path}?limit=100&page=${page}`, { signal });
    found.push(...data);
    if (page >= pagination.totalPages) return found;
  }
}
