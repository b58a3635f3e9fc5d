// Amounts are integer cents until they leave the shop.

const usd = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** 7999 → "$79.99" */
export const priceText = (cents) => usd.format(cents / 100);

/** 7999 → 79.99, what `trackPurchase` takes */
export const majorUnits = (cents) => Number((cents / 100).toFixed(2));
