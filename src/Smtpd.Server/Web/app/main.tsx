import { render } from 'preact';
import { App } from './shell/App';
import './tokens.css';
import './base.css';

render(<App />, document.getElementById('app')!);
