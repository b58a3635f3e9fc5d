import type { DetailedHTMLProps, HTMLAttributes } from 'react';

type Embedded = DetailedHTMLProps<HTMLAttributes<HTMLElement>, HTMLElement> & {
  'buy-button-id'?: string;
  'pricing-table-id'?: string;
  'publishable-key'?: string;
  'client-reference-id'?: string | undefined;
};

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'stripe-buy-button': Embedded;
      'stripe-pricing-table': Embedded;
    }
  }
}
