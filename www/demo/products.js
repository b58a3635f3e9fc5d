// The shelf is the page's own HTML: names and prices are read from it, so they are written once.

export const products = new Map(
  [...document.querySelectorAll('[data-kite]')].map((article) => {
    const sku = article.dataset.kite;
    return [sku, {
      sku,
      name: article.querySelector('h3').textContent,
      cents: Number(article.querySelector('data').value),
      picture: article.querySelector('img').getAttribute('src'),
      button: article.querySelector('button'),
    }];
  }),
);
