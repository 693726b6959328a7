import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { firstLoadBudget } from './budget.ts';

// Whatever starts the build (tests say NODE_ENV=test), the page gets React's production code.
process.env.NODE_ENV = 'production';

/** The page: built into web/dist, which `api` serves. Chunks carry their hash, so that browsers may keep them for ever. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), firstLoadBudget({ pages: ['shell/layout.tsx', 'contacts/contacts.page.tsx'], limitKb: 250 })],
  // The page's content policy allows no inline script and no data: URLs but for images.
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // What most pages need is one file: as dozens of small ones it is loaded all the same, and packs worse.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 12 }] } } },
  },
});
