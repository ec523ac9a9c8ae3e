export { Navigator as Switch } from './navigator.web';
