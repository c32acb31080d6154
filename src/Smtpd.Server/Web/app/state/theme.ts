import { computed, effect, signal } from '@preact/signals';
import { kept } from './kept';

export type Theme = 'system' | 'light' | 'dark';

export const theme = kept<Theme>('theme', 'system', (value) => value === 'system' || value === 'light' || value === 'dark');

const system = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(system.matches);
system.addEventListener('change', (change) => (isSystemDark.value = change.matches));

export const isDark = computed(() => theme.value === 'dark' || (theme.value === 'system' && isSystemDark.value));

effect(() => {
  document.documentElement.dataset['theme'] = isDark.value ? 'dark' : 'light';
});
