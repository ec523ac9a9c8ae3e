export { HomeScreen as default } from '@/features/account/home-screen';
