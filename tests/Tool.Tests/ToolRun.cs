using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tool.Tests;

/// <summary>Runs the tool as a process, in a separate folder with an installation file.</summary>
internal sealed class ToolRun : IDisposable
{
    /// <summary>The folder, in which the tool runs.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("lastmile-tool-").FullName;

    /// <summary>The path of the installation file.</summary>
    public string Installation => Path.Combine(Folder, "lastmile.json");

    /// <summary>Returns the path of a file in the folder.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Runs a command without a terminal and with empty standard input.</summary>
    public async Task<ToolResult> RunAsync(params string[] arguments)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var tool = Path.Combine(own.Parent!.Parent!.FullName, "LastMile.Events.Tool", own.Name, "LastMile.Events.Tool.dll");
        return await RunProgramAsync("dotnet", [tool, .. arguments]);
    }

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
