"""Methods to compare with, one module each. `conf/method` names them; none imports another."""
