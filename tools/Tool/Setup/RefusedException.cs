namespace LastMile.Events.Tool.Setup;

/// <summary>The command changed nothing. The message says why, and what to do.</summary>
internal sealed class RefusedException(string message) : Exception(message)
{
    /// <summary>Returns the refusal to replace the password of a user that may belong to another installation.</summary>
    /// <param name="user">The user, such as <c>The role x</c>.</param>
    public static RefusedException OtherPassword(string user) => new(
        $"{user} exists with another password than in the installation file, so it may belong to another installation. To give it the new "
        + "password, add --change-passwords. Otherwise, correct the server, or name another user in the file. Nothing was changed.");
}

/// <summary>A server refused or failed. The message says what, and what to do.</summary>
internal sealed class SetupException(string message, Exception? inner = null) : Exception(message, inner);
