using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tool.Tests;

/// <summary>Runs the tool as a process, in a separate folder with an installation file.</summary>
internal sealed class ToolRun : IDisposable
{
    private static readonly DirectoryInfo Own = new(AppContext.BaseDirectory);

    private static readonly string Tool =
        Path.Combine(Own.Parent!.Parent!.FullName, "LastMile.Events.Tool", Own.Name, "LastMile.Events.Tool.dll");

    /// <summary>The folder, in which the tool runs.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("lastmile-tool-").FullName;

    /// <summary>The path of the installation file.</summary>
    public string Installation => Path.Combine(Folder, "lastmile.json");

    /// <summary>Returns the path of a file in the folder.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Runs a command; its standard input is empty, and no terminal.</summary>
    public Task<ToolResult> RunAsync(params string[] arguments) => RunProgramAsync("dotnet", [Tool, .. arguments]);

    /// <summary>Runs documented commands in the folder, until one fails.</summary>
    public Task<ToolResult> RunShellAsync(string commands) =>
        RunProgramAsync("bash", ["-e", "-o", "pipefail", "-c", $"lastmile() {{ dotnet '{Tool}' \"$@\"; }}\n{commands}"]);

    /// <summary>Runs another program in the folder.</summary>
    public async Task<ToolResult> RunProgramAsync(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Folder,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>Changes the installation file.</summary>
    public void Edit(Action<JsonNode> edit)
    {
        var content = JsonNode.Parse(
            File.ReadAllText(Installation),
            documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
        edit(content);
        File.WriteAllText(Installation, content.ToJsonString());
    }
}

/// <summary>The output of a command.</summary>
internal sealed record ToolResult(int Code, string Output, string Error)
{
    /// <summary>The line with the numbers of changed and unchanged items.</summary>
    public string Summary => Output.Split('\n').Single(line => line.EndsWith(" unchanged.", StringComparison.Ordinal));

    public override string ToString() => $"exit code {Code}\n{Output}\n{Error}";
}
