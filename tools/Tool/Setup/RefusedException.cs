namespace LastMile.Events.Tool.Setup;

/// <summary>The error of a command that changed nothing. Its message names the reason and the remedy.</summary>
internal sealed class RefusedException(string message) : Exception(message);

/// <summary>The error of a server that refused a step or failed. Its message names the step and the remedy.</summary>
internal sealed class SetupException(string message, Exception? inner = null) : Exception(message, inner);
