import { navigate } from '../state/route';
import { isSidebarOpen } from './layout';

/** Links to places of this page change what is shown without loading the page again. New tabs, downloads and the API are the browser's own. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin || link.pathname.startsWith('/api/')) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    event.preventDefault();
    isSidebarOpen.value = false;
    navigate(link.pathname + link.search + link.hash);
  });
}
