import {
  ActionIcon,
  Alert,
  Badge,
  type CSSVariablesResolver,
  createTheme,
  Menu,
  Modal,
  Notification,
  Text,
  Tooltip,
} from '@mantine/core';
import { texts } from './texts.ts';

/** Calm and dense: one accent, the system's own typeface, small radii. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif',
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1.05rem' }, h3: { fontSize: '0.95rem' } },
  },
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
    // The colour of an alert is in its ground and its sign; its words are to be read.
    Alert: Alert.extend({
      styles: { title: { color: 'var(--mantine-color-text)' }, message: { color: 'var(--mantine-color-text)' } },
    }),
    Badge: Badge.extend({ defaultProps: { tt: 'none' }, styles: { label: { color: 'var(--mantine-color-text)' } } }),
    // The placeholder is an element with tabindex that a menu may not have (ARIA 1.2); the first item takes the focus instead.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': texts.close } } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { 'aria-label': texts.close } },
      styles: { description: { color: 'var(--mantine-color-text)' } },
    }),
    Text: Text.extend({ defaultProps: { size: 'sm' } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400 } }),
  },
});

/** Mantine's dimmed and placeholder greys are too faint for WCAG 2 AA (4.5 to 1); these are not. */
export const variables: CSSVariablesResolver = (base) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': base.colors.gray?.[7] ?? '#495057',
    '--mantine-color-placeholder': '#6a7178',
    '--mantine-color-error': base.colors.red?.[9] ?? '#c92a2a',
    '--mantine-color-indigo-light-hover': base.colors.indigo?.[1] ?? '#dbe4ff',
    '--app-canvas': '#f7f8fa',
    '--app-line': '#e4e7ec',
    '--app-raised': '#ffffff',
  },
  dark: {
    '--mantine-color-dimmed': '#a6adb5',
    '--mantine-color-placeholder': '#8f969e',
    '--mantine-color-error': '#ff8787',
    '--app-canvas': '#1b1c1e',
    '--app-line': '#35373c',
    '--app-raised': '#242528',
  },
});
