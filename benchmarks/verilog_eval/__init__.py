"""VerilogEval: hardware modules in Verilog from descriptions, simulated beside reference modules."""
