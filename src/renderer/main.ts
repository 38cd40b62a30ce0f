import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import './styles.css';
import { vuetify } from './theme.ts';

createApp(App).use(createPinia()).use(vuetify).mount('#app');
