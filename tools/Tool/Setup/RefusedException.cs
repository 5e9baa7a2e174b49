namespace LastMile.Events.Tool.Setup;

/// <summary>The command changed nothing. The message says why, and what to do.</summary>
internal sealed class RefusedException(string message) : Exception(message);

/// <summary>A server refused or failed. The message says what, and what to do.</summary>
internal sealed class SetupException(string message, Exception? inner = null) : Exception(message, inner);
