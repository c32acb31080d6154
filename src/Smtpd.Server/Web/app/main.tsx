import { render } from 'preact';

render(<p>smtpd</p>, document.getElementById('app')!);
