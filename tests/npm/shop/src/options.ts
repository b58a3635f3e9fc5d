import type { LoadOptions } from 'rockettracker';

const query = new URLSearchParams(location.search);

/** Where links lead that are followed: a till on this machine. */
const till = query.get('till');
export const TILL = `http://${till}`;

/** Where the tests say so, this page's options are others. */
export const options: LoadOptions = {
  host: import.meta.env.VITE_HOST,
  campaignId: query.get('contest') ?? '',
  autoInject: 'stripe',
  stripeHosts: ['pay.shop.example', ...(till ? [till] : [])],
  ...JSON.parse(query.get('options') ?? '{}'),
};

export const early = query.get('early');
