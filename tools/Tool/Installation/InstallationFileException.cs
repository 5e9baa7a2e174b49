namespace LastMile.Events.Tool.Installation;

/// <summary>The error of an installation file that is missing or invalid. Its message names the file, the place and the remedy.</summary>
internal sealed class InstallationFileException(string message, Exception? inner = null) : Exception(message, inner);
