namespace LastMile.Events.Tool.Setup;

/// <summary>The error of a command that changed nothing. Its message names the reason and the remedy.</summary>
internal sealed class RefusedException(string message) : Exception(message)
{
    /// <summary>Returns the refusal to replace the password of a user that may belong to another installation.</summary>
    /// <param name="user">The user, such as <c>The role x</c>.</param>
    public static RefusedException OtherPassword(string user) => new(
        $"{user} exists with another password than in the installation file, so it may belong to another installation. To give it the new "
        + "password, add --change-passwords. Otherwise, correct the server, or name another user in the file. Nothing was changed.");
}

/// <summary>The error of a server that refused a step or failed. Its message names the step and the remedy.</summary>
internal sealed class SetupException(string message, Exception? inner = null) : Exception(message, inner);
