import { mount } from 'svelte';
import { applyDisplay } from '../src/design/display.svelte';
import '../src/design/index.css';
import Gallery from './Gallery.svelte';

applyDisplay();
const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(Gallery, { target });
