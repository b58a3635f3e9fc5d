import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import * as rockettracker from 'rockettracker';
import { early } from './options.ts';
import { Shop } from './Shop.tsx';
import { Links } from './Links.tsx';

// For the tests, which look at the package from within the page.
Object.assign(window, { rockettracker });

if (early) Object.assign(window, { early: rockettracker.trackSignup(early, { name: 'Early' }) });

const Page = { '/': Shop, '/links': Links }[location.pathname];
if (Page) createRoot(document.querySelector('#root')!).render(<StrictMode><Page /></StrictMode>);
