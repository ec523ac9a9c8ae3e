// First, since the router reads the address as it starts.
import './src/links/watch-address';
import 'expo-router/entry';
